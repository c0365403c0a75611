import type { Bench } from './figure';
import { servicesAgent } from './services/agent';
import { servicesFailover } from './services/failover';
import { servicesInstall } from './services/install';
import { servicesLists } from './services/lists';
import { servicesRounds } from './services/rounds';
import { servicesSilence } from './services/silence';
import { servicesSimulated } from './services/simulated';

/** Services of seed 000, from their install to their lists. */
export const services: Bench[] = [servicesInstall, servicesSilence, servicesFailover, servicesAgent, servicesRounds, servicesLists, servicesSimulated];
