import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http2, { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { loadOrCreateCertificate } from "../geocache/control-plane/certificates.ts";

export type TlsProxy = {
  readonly address: string;
  /** Trusts the proxy's certificate; a client may show `certFile` and `keyFile`. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  /** What clients sent: who they say they are, their key, and whether they showed a certificate. */
  readonly seen: { readonly agent: string; readonly authorization: string; readonly certificate: boolean }[];
  close(): Promise<void>;
};

/** Ends TLS in front of a gRPC server, as a managed Temporal does, and notes how its clients introduce themselves. */
export async function startTlsProxy(folder: string, target: string): Promise<TlsProxy> {
  const { certPem, keyPem } = await loadOrCreateCertificate(folder);
  const inFolder = (name: string): string => path.join(folder, "ca", name);
  const ca = await readFile(inFolder("ca.pem"), "utf8");
  const upstream = http2.connect(`http://${target}`);
  upstream.on("error", () => undefined);
  const seen: TlsProxy["seen"] = [];
  const options = { cert: certPem, key: keyPem, ca, requestCert: true, rejectUnauthorized: false };
  const server = http2.createSecureServer(options);
  const sessions = new Set<http2.Http2Session>();
  server.on("session", (session) => void sessions.add(session));
  server.on("stream", (stream, headers) => {
    const socket = stream.session?.socket as TLSSocket | undefined;
    seen.push({
      agent: headers["user-agent"] ?? "",
      authorization: headers["authorization"] ?? "",
      certificate: Object.keys(socket?.getPeerCertificate() ?? {}).length > 0,
    });
    forward(stream, headers, upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `localhost:${(server.address() as AddressInfo).port}`,
    files: { ca: inFolder("ca.pem"), cert: inFolder("server.pem"), key: inFolder("server.key") },
    seen,
    close: async () => {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, upstream: http2.ClientHttp2Session): void {
  const request = upstream.request({ ...headers, ":scheme": "http", ":authority": "temporal" });
  let trailers: IncomingHttpHeaders = {};
  request.on("response", (answer, flags) => {
    const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(answer, isAll ? { endStream: true } : { waitForTrailers: true });
  });
  request.on("trailers", (found) => (trailers = found));
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  const cancel = (): void => request.close(constants.NGHTTP2_CANCEL);
  stream.on("aborted", cancel).on("error", cancel);
  request.on("error", () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  stream.pipe(request);
  request.pipe(stream);
}
