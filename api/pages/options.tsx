import { problem, type Problem } from '../../model/errors';
import { isSecretName, typeName } from '../../model/options';
import type { OptionValue, ProductOptions } from '../../model/product';
import { raise } from '../../model/raise';

type Values = Record<string, OptionValue>;

/** Before the names of options in a form, which has fields of its own. */
const PREFIX = 'option.';
const GROUPS = [['required', 'Required'], ['optional', 'Optional'], ['advanced', 'Advanced']] as const;

const textOf = (value: OptionValue | undefined): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

/** How an option is written in a form: a text, a number and a truth as they are, all else as JSON. */
const isWritten = (like: OptionValue): boolean => ['string', 'number', 'boolean'].includes(typeof like);

/**
 * The fields of a product's order form.
 * @param given what is in them: as it was filled in, or as it is now
 * @param all for a new order: what is required has to be filled in
 */
export const OptionFields = ({ options, given, all = false }: { options: ProductOptions; given: Record<string, string>; all?: boolean }) => (
  <>
    {GROUPS.filter(([group]) => Object.keys(options[group]).length > 0).map(([group, name]) => (
      <fieldset>
        <legend>{name}</legend>
        {Object.entries(options[group]).map(([option, like]) => (
          <Field name={option} like={like} value={given[PREFIX + option] ?? ''} about={options.descriptions[option]} required={all && group === 'required'} />
        ))}
      </fieldset>
    ))}
  </>
);

interface Field {
  name: string;
  /** Sample or default, which gives it its type. */
  like: OptionValue;
  value: string;
  about: string | undefined;
  required: boolean;
}

function Field({ name, like, value, about, required }: Field) {
  const field = { id: PREFIX + name, name: PREFIX + name, required, 'aria-describedby': `${PREFIX}${name}.about` };
  return (
    <p>
      <label for={field.id}>{name}</label>
      {typeof like === 'boolean' ? (
        <select {...field}>{[...(value === '' ? [''] : []), 'true', 'false'].map((word) => <option value={word} selected={word === value}>{word}</option>)}</select>
      ) : isWritten(like) ? (
        <input {...field} value={value} type={isSecretName(name) ? 'password' : 'text'} inputmode={typeof like === 'number' ? 'decimal' : undefined} autocomplete="off" />
      ) : (
        <textarea {...field} rows={3}>{value}</textarea>
      )}
      <span class="hint" id={`${PREFIX}${name}.about`}>{about ? `${about}; ` : ''}{typeName(like)}{isWritten(like) ? '' : ' as JSON'}{required && !isSecretName(name) ? `, such as ${textOf(like)}` : ''}</span>
    </p>
  );
}

/** What a form begins with: defaults, and nothing where the product has only a sample. What may be secret is not shown, and stays as it is where nothing is filled in. */
export const initialFields = ({ optional, advanced }: ProductOptions, values: Values = {}): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...advanced, ...optional, ...values }).map(([name, value]) => [PREFIX + name, isSecretName(name) ? '' : textOf(value)]));

/**
 * The options that a form orders: what differs from what it began with. Types are those of the order's own check.
 * @throws Problem 400 for what should be JSON and is not
 */
export function optionsIn(fields: Record<string, string>, { required, optional, advanced }: ProductOptions, initial: Record<string, string>): Values {
  const known = { ...advanced, ...optional, ...required };
  const filled = Object.entries(known).map(([name, like]) => [name, like, fields[PREFIX + name]] as const)
    .filter(([name, like, text]) => text !== undefined && text !== initial[PREFIX + name] && (text !== '' || (typeof like === 'string' && !Object.hasOwn(required, name))));
  return Object.fromEntries(filled.map(([name, like, text]) => [name, isWritten(like) ? text! : parsed(name, text!)]));
}

function parsed(name: string, text: string): OptionValue {
  try {
    return JSON.parse(text) as OptionValue;
  } catch {
    raise(notJson(name));
  }
}

const notJson = (name: string): Problem =>
  problem(400, 'invalid_options', `option ${name} is not JSON`, 'Write it as JSON, such as ["a", "b"] or {"a": 1}.', { field: `options.${name}` });

/** The fields again, for the form that sends what was looked at. */
export const KeptFields = ({ fields }: { fields: Record<string, string> }) => (
  <>{Object.entries(fields).filter(([name]) => name.startsWith(PREFIX)).map(([name, value]) => <input type="hidden" name={name} value={value} />)}</>
);
