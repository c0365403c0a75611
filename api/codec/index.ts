import type { Endpoint } from '../http/endpoint';
import { codeOf } from './code';

/** The codec server of Temporal's UI and CLI: what it keeps encrypted, for those who may see it. */
export const codec: Endpoint[] = [codeOf('decode'), codeOf('encode')];
