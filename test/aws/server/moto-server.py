"""moto's server, mended where AWS answers otherwise. Takes moto's own arguments."""

import json
import re
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from moto.core.authorization import ActionAuthenticatorMixin
from moto.events.responses import EventsHandler
from moto.iam.access_control import IAMPolicyStatement, IAMRequest
from moto.kms.responses import KmsResponse
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.server import main

sign_message = KmsResponse.sign
make_key = KmsResponse.create_key
authorize = ActionAuthenticatorMixin._authenticate_and_authorize_action
check_action = IAMRequest.check_action_permitted


def sign(response):
    """moto hashes whatever it is to sign, a digest too. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""
    answer = sign_message(response)
    if response._get_param("MessageType") != "DIGEST":
        return answer
    key = response.kms_backend.describe_key(response._get_param("KeyId"))
    algorithm = ECDSA(Prehashed(SHA256()))
    signature = key.private_key.private_key.sign(response._get_param("Message"), algorithm)
    return json.dumps({**json.loads(answer), "Signature": b64encode(signature).decode()})


def create_key(response):
    """A test may say what the key's id is, so that policies which name it fit."""
    answer = json.loads(make_key(response))
    key_id = response._get_param("KeyId")
    if key_id:
        keys = response.kms_backend.keys
        key = keys.pop(answer["KeyMetadata"]["KeyId"])
        key.arn = key.arn.replace(key.id, key_id)
        key.id = key_id
        keys[key_id] = key
    return json.dumps(answer)


def matches(pattern, text):
    """moto knows no question mark. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""
    source = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(source, text)


def authorize_signed(response, request_class, resource="*"):
    """moto cannot read a signature that is in the address of a link."""
    if "Authorization" in response.headers:
        authorize(response, request_class, resource)


def check_action_of_batch(request, resource):
    """A batch needs the permission of the single call; there is no other."""
    request._action = re.sub(r"^(sqs:\w+)Batch$", r"\1", request._action)
    check_action(request, resource)


# Of these services moto does not say which resource is asked for: a role that names one would be refused everything.
def resource_of_key(response):
    try:
        return response.kms_backend.describe_key(response._get_param("KeyId")).arn
    except (AttributeError, KeyError):
        return "*"


def resource_of_secret(response):
    try:
        return response.backend.describe_secret(response._get_param("SecretId")).arn
    except Exception:
        return "*"


def resource_of_bus(response):
    buses = {entry["EventBusName"] for entry in response._get_param("Entries") or []}
    arns = [response.events_backend.describe_event_bus(bus).arn for bus in buses]
    return arns[0] if len(arns) == 1 else "*"


KmsResponse.sign = sign
KmsResponse.create_key = create_key
IAMPolicyStatement._match = staticmethod(matches)
ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize_signed
IAMRequest.check_action_permitted = check_action_of_batch
KmsResponse._determine_resource = resource_of_key
SecretsManagerResponse._determine_resource = resource_of_secret
EventsHandler._determine_resource = resource_of_bus

if __name__ == "__main__":
    main()
