import type { Endpoint } from '../http/endpoint';
import { getDifferences } from './get_differences';
import { listServices } from './list_services';
import { listTemplates } from './list_templates';
import { postRun } from './post_run';

/** AtYourService (seed 004): what `grid ays` calls. */
export const environment: Endpoint[] = [postRun, listServices, listTemplates, getDifferences];
