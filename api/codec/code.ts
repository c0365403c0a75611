import { z } from '@hono/zod-openapi';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { problem } from '../../model/errors';
import { raise } from '../../model/raise';
import { json, jsonBody, ourProblem } from '../http/answers';
import { readText } from '../http/body';
import { check } from '../http/check';
import { endpoint } from '../http/endpoint';
import { parseJson } from '../http/json';

const { Payload: Message } = temporal.api.common.v1;
/** A page of a history, as Temporal's UI has it decoded at once. */
const LIMIT_BYTES = 8 * 1024 * 1024;

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'base64');
const payload = z.looseObject({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() });
const payloads = z.object({ payloads: z.array(payload) }).openapi('Payloads', { description: 'Payloads of Temporal as JSON: bytes are base64' });

const WORDS = { decode: 'Payloads as they were before they were encrypted', encode: 'Payloads as Temporal gets them' };

/** Temporal's protocol of remote codecs: as many payloads as came, in their order. */
export const codeOf = (verb: 'decode' | 'encode') =>
  endpoint(
    {
      method: 'post', path: `/codec/${verb}`, tag: 'operating', role: 'admin', summary: `${WORDS[verb]}, for Temporal's UI and CLI`, body: jsonBody(payloads),
      answers: { 200: json(WORDS[verb], payloads), 400: ourProblem, 404: ourProblem, 413: ourProblem, 503: ourProblem },
    },
    async (c, _input, { client, config }) => {
      const said = check(payloads, parseJson(await readText(c, LIMIT_BYTES), { lenient: false }), 'body');
      if (config.temporal.codecKeys.length === 0) raise(problem(404, 'codec_off', 'payloads are not encrypted in this grid', 'Set GRID_CODEC_KEY of every process of the grid, or do not ask for decoding.'));
      const [codec] = client.options.loadedDataConverter.payloadCodecs;
      const coded = await codec![verb](said.payloads.map((one): Payload => Message.fromObject(one)));
      return c.json({ payloads: coded.map((one) => Message.toObject(Message.fromObject(one), { bytes: String })) });
    },
  );
