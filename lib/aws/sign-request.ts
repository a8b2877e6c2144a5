/**
 * Signs one HTTPS request as AWS wants it (Signature Version 4), for an API that is not worth a client of its own: the SDK's signer, which
 * its clients do not share, would take the sweep over the size of its bundle.
 */
import { createHash, createHmac } from "node:crypto";

const ALGORITHM = "AWS4-HMAC-SHA256";

export interface AwsRequest {
  readonly method: string;
  /** Its path must need no encoding. */
  readonly url: URL;
  /** In lower case; `host` is added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningNeeds {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
  readonly region: string;
  readonly service: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * The headers of the request with those that sign it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(request: AwsRequest, needs: SigningNeeds): Record<string, string> {
  const { credentials, region, service } = needs;
  const time = new Date(needs.at).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = [time.slice(0, "YYYYMMDD".length), region, service, "aws4_request"];
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, "x-amz-date": time };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.url.pathname,
    request.url.searchParams.toString(),
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    names.join(";"),
    digest(request.body),
  ].join("\n");
  const key = scope.reduce<string | Buffer>((secret, part) => mac(secret, part), `AWS4${credentials.secretAccessKey}`);
  const signature = mac(key, [ALGORITHM, time, scope.join("/"), digest(canonical)].join("\n")).toString("hex");
  const credential = `${credentials.accessKeyId}/${scope.join("/")}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { ...headers, authorization };
}

const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
