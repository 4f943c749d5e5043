/** A request as it stands before the server, and its answer, without a connection. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

export function requestFrom(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const req = new IncomingMessage(socket);
  Object.assign(req.headers, headers);
  return req;
}

export const answerTo = (req: IncomingMessage): ServerResponse => new ServerResponse(req);
