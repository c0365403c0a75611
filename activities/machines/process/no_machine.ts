import { throwProblem } from '../../problem_error';

/** @throws ProblemError 404 `no_machine`. */
export const noMachine = (id: string): never =>
  throwProblem(404, 'no_machine', `there is no machine ${id}`, 'Look at the list of machines.', { field: 'id' });
