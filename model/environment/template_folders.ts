import { isPart } from './identity';

/** A directory of a repository that is a template: it has a `service.hrd`, and everything below belongs to it. */
export interface TemplateFolder {
  name: string;
  folder: string;
  /** Relative to the folder. */
  files: string[];
}

const HRD = 'service.hrd';

/**
 * The templates among the files of a repository, at any depth and in the order of their folders. Names may have their domain in
 * front, as directories of services do; what is hidden, and what cannot be the name of a template, is none.
 */
export function templateFolders(paths: readonly string[], domain: string): TemplateFolder[] {
  const folders = new Map<string, TemplateFolder>();
  const roots = paths.filter((path) => path.endsWith(`/${HRD}`) && !isHidden(path)).map((path) => path.slice(0, -HRD.length - 1)).sort();
  for (const folder of roots) {
    const last = folder.slice(folder.lastIndexOf('/') + 1);
    const name = last.startsWith(`${domain}__`) ? last.slice(domain.length + 2) : last;
    if (isPart(name) && !outermost(folder, folders)) folders.set(folder, { name, folder, files: [] });
  }
  for (const path of [...paths].sort()) {
    const of = isHidden(path) ? undefined : outermost(path, folders);
    of?.files.push(path.slice(of.folder.length + 1));
  }
  return [...folders.values()];
}

const isHidden = (path: string): boolean => path.split('/').some((part) => part.startsWith('.'));

/** The folder that a path lies in, which is looked for from the outside in. */
function outermost(path: string, folders: ReadonlyMap<string, TemplateFolder>): TemplateFolder | undefined {
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const found = folders.get(path.slice(0, end));
    if (found) return found;
  }
  return undefined;
}
