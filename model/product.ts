export type TemplateType = 'json+jinja2' | 'yaml+jinja2';
export type OptionValue = string | number | boolean | null | OptionValue[] | { [key: string]: OptionValue };

/** P-7: the order form. Values in the first three are samples and defaults, and give each option its type. */
export interface ProductOptions {
  required: Record<string, OptionValue>;
  optional: Record<string, OptionValue>;
  advanced: Record<string, OptionValue>;
  descriptions: Record<string, string>;
}

export const NO_OPTIONS: ProductOptions = { required: {}, optional: {}, advanced: {}, descriptions: {} };

export interface ProductDocument {
  name: string;
  version: string;
  description: string;
  logoUrl: string;
  template: string;
  templateType: TemplateType;
  options: ProductOptions;
  /** The orchestrator script; the seed also spells it `orquestrator`. Empty: nothing to configure. */
  script: string;
  /** Compute that clusters of this product are launched on unless the order says otherwise. */
  compute?: string;
  revision: number;
}
