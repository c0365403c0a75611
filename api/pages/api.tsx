import { documentPath, type Endpoint } from '../http/endpoint';
import type { View } from './page';
import { Breaking, Table } from './parts';

/** Every path of the API, for people. */
export const apiView = (endpoints: readonly Endpoint[]): View => ({
  title: 'The API',
  body: (
    <>
      <h1>The API of Service Grid</h1>
      <p>For programs: the <a href="/openapi.json">OpenAPI document</a>.</p>
      {[...new Set(endpoints.map(({ tag }) => tag))].map((tag) => (
        <Table
          id={tag} name={tag} none="" columns={[{ title: 'Path' }, { title: 'Method' }, { title: 'What' }, { title: 'Answers', wide: true }]}
          rows={endpoints.filter((one) => one.tag === tag).map(({ method, path, summary, answers }) => [<code><Breaking>{documentPath(path)}</Breaking></code>, <code>{method.toUpperCase()}</code>, summary, Object.keys(answers).join(' ')])}
        />
      ))}
    </>
  ),
});
