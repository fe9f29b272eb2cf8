/**
 * A payload as received, with every ArrayBuffer as a Uint8Array: Socket.IO hands binary over as ArrayBuffer in a
 * browser and as Buffer in Node, while the contract says Uint8Array.
 */
export function withBytes(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(withBytes)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withBytes(field)]))
}
