import * as v from 'valibot'

/** What of a valibot schema says how it is made. */
interface Made {
  readonly type: string
  readonly reference: (...made: readonly unknown[]) => v.GenericSchema
  readonly pipe?: readonly { readonly kind: string }[]
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly item?: v.GenericSchema
  readonly wrapped?: v.GenericSchema
  readonly default?: unknown
  readonly options?: readonly v.GenericSchema[]
  readonly key?: unknown
  readonly value?: v.GenericSchema
}

/**
 * The same schema, but that fields which it does not know are passed over at every depth, instead of refused: for messages of
 * a peer that may be newer. Everything else is checked as before.
 */
export function tolerant<Schema extends v.GenericSchema>(schema: Schema): Schema {
  const loose = loosened.get(schema) ?? loosen(schema)
  loosened.set(schema, loose)
  return loose as Schema
}

const loosened = new WeakMap<v.GenericSchema, v.GenericSchema>()

function loosen(schema: v.GenericSchema): v.GenericSchema {
  const made = schema as unknown as Made
  if (made.pipe) {
    const items = made.pipe.map((item) => (item.kind === 'schema' ? loosen(item as v.GenericSchema) : item))
    return v.pipe(...(items as [v.GenericSchema, v.GenericPipeItem]))
  }
  switch (made.type) {
    case 'strict_object':
    case 'object': {
      const entries = Object.entries(made.entries ?? {}).map(([name, entry]) => [name, loosen(entry)])
      return v.object(Object.fromEntries(entries))
    }
    case 'array':
      return made.item ? v.array(loosen(made.item)) : schema
    case 'record':
      return made.value ? made.reference(made.key, loosen(made.value)) : schema
    case 'optional':
    case 'exact_optional':
    case 'nullable':
    case 'nullish':
      return made.wrapped ? made.reference(loosen(made.wrapped), made.default) : schema
    case 'variant':
      return made.reference(made.key, made.options?.map(loosen))
    case 'union':
    case 'intersect':
      return made.reference(made.options?.map(loosen))
    default:
      return schema
  }
}
