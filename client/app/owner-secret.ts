const PREFIX = '#owner='

let held: { readonly projectId: string; readonly secret: string } | null = null

/**
 * Takes the secret of an owner's link out of the address into memory. Answers whether there was one: the address
 * must then be replaced by one without it.
 */
export function takeOwnerSecret(projectId: string, hash: string): boolean {
  if (!hash.startsWith(PREFIX)) return false
  held = { projectId, secret: hash.slice(PREFIX.length) }
  return true
}

/** The secret taken for this project, null without one. */
export function ownerSecretOf(projectId: string): string | null {
  return held?.projectId === projectId ? held.secret : null
}

/** Forgets the secret, once it was exchanged. */
export function dropOwnerSecret(): void {
  held = null
}
