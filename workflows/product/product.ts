import { defineUpdate, setHandler } from '@temporalio/workflow';
import { newProduct, refuseStale, refuseUnknown, viewProductDetail, type ProductRunState } from '../../model/product_state';
import type { IfMatch, ProductInput, PutCatalog, PutLogo, PutMetadata, PutOptions, PutResult, PutScript, PutTemplate, TakeNumber, TakenNumber } from '../../model/messages';
import { effects } from '../lifecycle/effects';
import { objectTo } from '../lifecycle/fail';
import { inNextRun } from '../lifecycle/in_next_run';
import { answerDocument, remember, repeated } from '../lifecycle/handle_verbs';
import { publish } from '../lifecycle/publish';
import { now, openRun, type Run } from '../lifecycle/run';
import { waitUntil } from '../lifecycle/wait';

const CHECK_TIMEOUT_MS = 15_000;

/** One version of one product: its order form, template and script, and the next cluster number of each user (P-23). */
export async function product(input: ProductInput | ProductRunState): Promise<void> {
  const state = 'v' in input ? input : newProduct(input, now());
  const run = openRun(state, viewProductDetail, () => inNextRun<typeof product>(state));
  const { document } = state;
  handlePut<PutMetadata>(run, 'put_metadata', ({ description, logoUrl }) => {
    Object.assign(document, { description }, logoUrl === undefined ? {} : { logoUrl });
  });
  handlePut<PutOptions>(run, 'put_options', ({ options }) => void (document.options = options));
  handlePut<PutScript>(run, 'put_script', ({ script }) => void (document.script = script));
  handlePut<PutLogo>(run, 'put_logo', ({ logoUrl }) => void (document.logoUrl = logoUrl));
  handlePut<PutTemplate>(run, 'put_template', ({ template, templateType }) => void Object.assign(document, { template, templateType }), async (put) => {
    const act = effects({ summary: 'check the template', timeoutMs: CHECK_TIMEOUT_MS });
    await act.checkTemplateText({ template: put.template, templateType: put.templateType });
  });
  handleCatalog(run);
  handleNumbers(run);
  answerDocument(() => state);
  publish(run);
  await waitUntil(run, () => false);
}

/** One part is written whole or not at all; what a user wrote is no longer the catalog's. */
function handlePut<P extends IfMatch>(run: Run<ProductRunState>, name: string, write: (put: P) => void, check?: (put: P) => Promise<void>): void {
  const { state } = run;
  const refuse = (ifMatch?: number) => (name === 'put_metadata' ? undefined : refuseUnknown(state)) ?? refuseStale(state, ifMatch);
  setHandler(
    defineUpdate<PutResult, [P]>(name),
    async (put): Promise<PutResult> => {
      if (repeated(state)) return { revision: state.document.revision, created: false };
      await check?.(put).catch((error: Error & { cause?: Error }) => {
        throw error.cause ?? error;
      });
      objectTo(refuse(put.ifMatch));
      remember(state);
      const created = state.document.revision === 0;
      write(put);
      state.fromCatalog = false;
      state.document.revision += 1;
      publish(run);
      return { revision: state.document.revision, created };
    },
    { validator: ({ ifMatch }) => objectTo(repeated(state) ? undefined : refuse(ifMatch)) },
  );
}

/** The catalog writes only where nobody did, or nobody but the catalog. */
function handleCatalog(run: Run<ProductRunState>): void {
  const { state } = run;
  setHandler(defineUpdate<PutResult, [PutCatalog]>('put_catalog'), ({ document }): PutResult => {
    const created = state.document.revision === 0;
    if (!created && !state.fromCatalog) return { revision: state.document.revision, created: false };
    const { revision, ...before } = state.document;
    const after = { name: before.name, version: before.version, ...document };
    if (created || JSON.stringify(before) !== JSON.stringify({ ...before, ...after })) {
      state.fromCatalog = true;
      Object.assign(state.document, after, { revision: revision + 1 });
      publish(run);
    }
    return { revision: state.document.revision, created };
  });
}

function handleNumbers({ state }: Run<ProductRunState>): void {
  setHandler(defineUpdate<TakenNumber, [TakeNumber]>('take_number'), ({ user, job }): TakenNumber => {
    const given = state.jobs.find((j) => j.job === job);
    if (given) return { number: given.number };
    const number = state.nextNumber[user] ?? 1;
    state.nextNumber[user] = number + 1;
    state.jobs = [...state.jobs.slice(-199), { job, number }];
    return { number };
  });
}
