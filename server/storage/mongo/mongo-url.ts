const DEFAULT_DATABASE = 'trainboard'

/** The database that an address names; 'trainboard' where it names none. */
export function databaseOf(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/?]*\/([^?]+)/.exec(url)?.[1]
  return name === undefined ? DEFAULT_DATABASE : decodeURIComponent(name)
}

/** The address without name, password and options, for people to read. */
export function placeOf(url: string): string {
  return withoutSecrets(url).replace(/\?.*$/, '')
}

/** A text without the name and password of an address in it. */
export function withoutSecrets(text: string): string {
  return text.replace(/(mongodb(?:\+srv)?:\/\/)\S*@/g, '$1')
}
