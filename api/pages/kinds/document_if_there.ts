import type { Grid } from '../../http/grid';
import { askDocument } from '../../temporal/document';
import { problemOf } from '../../temporal/failures';

/** The document of something that a page shows besides; nothing where there is none, or nobody answers. */
export async function documentIfThere<D>(grid: Grid, id: string): Promise<D | undefined> {
  try {
    const asked = await askDocument<D>(grid, id);
    return asked.answered ? asked.document : undefined;
  } catch (error) {
    if (problemOf(error)?.status === 404) return undefined;
    throw error;
  }
}
