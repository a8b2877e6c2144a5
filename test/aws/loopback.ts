/** The settings of an AWS client that talks to a server on loopback. */

/** What every client needs beside its endpoint. */
export const LOCAL_AWS = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};
