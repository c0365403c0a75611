import type { Board } from './board';

/**
 * How many nodes one after the other a node waits for that it wants near: whoever has a tag is placed before those who
 * want it near. Where they want each other the count ends somewhere.
 */
export function depthsOf({ nodes, near }: Board): Map<string, number> {
  const ofTag = new Map([...near.keys()].map((tag) => [tag, 0]));
  const depths = new Map([...nodes.keys()].map((node) => [node, 0]));
  for (let round = 0, changed = near.size > 0; changed && round <= near.size; round++) {
    changed = false;
    for (const { node, tags, near: wants } of nodes.values()) {
      const depth = Math.max(0, ...wants.filter((tag) => !tags.includes(tag)).map((tag) => ofTag.get(tag)! + 1));
      if (depth === depths.get(node)) continue;
      changed = true;
      depths.set(node, depth);
      for (const tag of tags) if (ofTag.has(tag)) ofTag.set(tag, Math.max(ofTag.get(tag)!, depth));
    }
  }
  return depths;
}
