"""moto's server, mended where AWS answers otherwise. Takes moto's own arguments."""

import json
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.kms.responses import KmsResponse
from moto.server import main

sign_message = KmsResponse.sign


def sign(response):
    """moto hashes whatever it is to sign, a digest too. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""
    answer = sign_message(response)
    if response._get_param("MessageType") != "DIGEST":
        return answer
    key = response.kms_backend.describe_key(response._get_param("KeyId"))
    algorithm = ECDSA(Prehashed(SHA256()))
    signature = key.private_key.private_key.sign(response._get_param("Message"), algorithm)
    return json.dumps({**json.loads(answer), "Signature": b64encode(signature).decode()})


KmsResponse.sign = sign

if __name__ == "__main__":
    main()
