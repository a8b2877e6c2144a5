/** The items of a table and of its indexes. */
import type { Item } from "./operand.ts";

export interface ItemStore {
  /** The item as JSON. */
  find(key: Item): string | undefined;
  /** Stores the item under its own key. */
  put(item: Item): Stored;
  /** All items of a partition. */
  listPartition(pk: unknown): Item[];
  /** @param keys the hash key, then the range key */
  addIndex(name: string, keys: readonly string[]): void;
  hasIndexes(): boolean;
  listIndex(name: string): Item[];
  /** The attribute by which a query is sorted. @param index the table itself unless given */
  rangeKey(index: string | undefined): string;
}

interface Stored {
  /** Of the item as JSON. */
  readonly bytes: number;
  /** How many indexes the item has changed. */
  readonly indexes: number;
}

interface Index {
  readonly keys: readonly string[];
  readonly items: Map<string, Item>;
}

/** Items are kept as JSON: nobody can change one by holding on to it, and a million of them need little memory. */
export function itemStore(): ItemStore {
  const partitions = new Map<string, Map<string, string>>();
  const indexes = new Map<string, Index>();
  return {
    find: ({ pk, sk }) => partitions.get(String(pk))?.get(String(sk)),
    put(item) {
      const text = JSON.stringify(item);
      const { pk, sk } = item;
      const partition = partitions.get(String(pk)) ?? new Map<string, string>();
      partitions.set(String(pk), partition.set(String(sk), text));
      const changed = [...indexes.values()].filter((index) => listInIndex(index, item));
      return { bytes: text.length, indexes: changed.length };
    },
    listPartition: (pk) => Array.from(partitions.get(String(pk))?.values() ?? [], (text) => JSON.parse(text)),
    addIndex: (name, keys) => void indexes.set(name, { keys, items: new Map() }),
    hasIndexes: () => indexes.size > 0,
    listIndex: (name) => [...(indexes.get(name)?.items.values() ?? [])],
    rangeKey: (index) => indexes.get(index ?? "")?.keys[1] ?? "sk",
  };
}

/** Lists an item that has the index's keys, and removes another. Answers whether that changed the index. */
function listInIndex({ keys, items }: Index, item: Item): boolean {
  const key = `${item.pk}\0${item.sk}`;
  if (!keys.every((name) => item[name] !== undefined)) return items.delete(key);
  items.set(key, item);
  return true;
}
