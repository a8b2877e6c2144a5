/** Words of commands that people copy into a shell. Pure. */

/** Quoted where a POSIX shell would take it apart. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
