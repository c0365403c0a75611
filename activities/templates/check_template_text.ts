import type { TemplateType } from '../../model/product';
import { checkTemplate } from './render';

/** Refuses a template that does not parse, with its line. @throws ProblemError 400. */
export const checkTemplateText = ({ template, templateType }: { template: string; templateType: TemplateType }): Promise<void> =>
  checkTemplate(template, templateType);
