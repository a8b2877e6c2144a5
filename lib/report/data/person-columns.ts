/** What is kept of each account while people are joined: numbers in typed arrays, and the way to the first account of its person. */

/** Typed arrays that grow by doubling, a value of each an account. */
export interface Columns {
  readonly parent: Int32Array;
  readonly directory: Int16Array;
  readonly flags: Uint8Array;
  readonly weakness: Uint8Array;
  /** The first account with the same employee number; -1 without one. */
  readonly employee: Int32Array;
  readonly id: Uint32Array;
}

export const ID_WORDS = 3;
export const emptyColumns = (size: number): Columns => ({
  parent: new Int32Array(size),
  directory: new Int16Array(size),
  flags: new Uint8Array(size),
  weakness: new Uint8Array(size),
  employee: new Int32Array(size),
  id: new Uint32Array(size * ID_WORDS),
});

export function grownColumns(columns: Columns): Columns {
  const larger = emptyColumns(columns.parent.length * 2);
  larger.parent.set(columns.parent);
  larger.directory.set(columns.directory);
  larger.flags.set(columns.flags);
  larger.weakness.set(columns.weakness);
  larger.employee.set(columns.employee);
  larger.id.set(columns.id);
  return larger;
}

/** The first account of the same person, as far as they are joined. */
export function rootOf(parent: Int32Array, account: number): number {
  let root = account;
  for (let above = parent[root] ?? root; above !== root; above = parent[root] ?? root) {
    // Each look makes the way shorter for the next one.
    parent[root] = parent[above] ?? above;
    root = above;
  }
  return root;
}

/** Makes both accounts one person's. */
export function unite(parent: Int32Array, one: number, other: number): void {
  const [a, b] = [rootOf(parent, one), rootOf(parent, other)];
  if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
}
