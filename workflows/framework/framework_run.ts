import type { FrameworkState } from '../../model/mesos/framework_state';
import type { Run } from '../lifecycle/run';

export interface FrameworkRun extends Run<FrameworkState> {
  /** It is about to go on in another run: whoever waits for something asks that one. */
  isLeaving: boolean;
  /** Names the worker that is subscribed; none: nobody is. */
  session: string;
}
