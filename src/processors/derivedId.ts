import { createHash } from 'node:crypto';

/** Namespace of our command ids: a UUID v4 drawn once. Changing it makes strangers of all keys in use. */
const namespace = Buffer.from('a3d9f5de58b44a0f9d0e3c7c0d6e2b41', 'hex');

/** The name-based UUID (RFC 9562, section 5.5) of what a command is about: the same name gives the same id anywhere. */
export function derivedId(name: string): string {
  const bytes = createHash('sha1').update(namespace).update(name).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
