/** What every answer tells a browser not to do with it, as helmet has it; the pages load nothing from elsewhere. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

export type Headers = readonly (readonly [name: string, value: string])[];

/**
 * None of them depends on the request: helmet is asked once. `hstsSeconds`: for how long browsers are to come by TLS
 * only; 0: that is not said.
 */
export function securityHeaders(hstsSeconds: number): Headers {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  const secured = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // The QR code comes as text.
        imgSrc: ["'self'", 'data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: hstsSeconds > 0 && { maxAge: hstsSeconds, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
  secured(req, res, (error) => {
    if (error !== undefined) throw new Error('helmet has no headers', { cause: error });
  });
  return res.getHeaderNames().map((name) => [name, String(res.getHeader(name))]);
}
