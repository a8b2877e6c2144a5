/** Why a connection failed, in a few words for people: read from the codes of Node's errors, and nothing else of them. */

/** https://nodejs.org/api/errors.html#common-system-errors, and undici's own. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection broke off",
  EPIPE: "the connection broke off",
  UND_ERR_SOCKET: "the connection broke off",
  ENOTFOUND: "its host name was not found",
  EAI_AGAIN: "its host name could not be looked up",
  ENETUNREACH: "the network does not lead there",
  EHOSTUNREACH: "the network does not lead there",
  ETIMEDOUT: "no answer came in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer came in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer came in time",
  UND_ERR_BODY_TIMEOUT: "no answer came in time",
  ERR_INVALID_URL: "its endpoint is not a URL",
};

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and what OpenSSL says of a peer without TLS. */
const TLS_CODE = /^(EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$)/;

/** An error inside an error inside an error says nothing more. */
const MAX_DEPTH = 3;

/** The cause that the error, or one inside it, is known for; `undefined` if none is. */
export function networkCause(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return undefined;
  return causeByCode(error) ?? networkCause(error.cause, depth + 1);
}

function causeByCode(error: Error): string | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (TLS_CODE.test(code)) return "no trusted TLS connection could be made";
  if (Object.hasOwn(CAUSES, code)) return CAUSES[code];
  if (error.name === "TimeoutError") return "no answer came in time";
  return /^E[A-Z]+$/.test(code) ? code : undefined;
}
