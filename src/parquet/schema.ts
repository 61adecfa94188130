import { assertNever, type SquallError } from '../common/errors.ts';
import { entryType, type Field, type SqlType } from '../common/types.ts';
import { primitiveType } from './column-type.ts';
import type { NestedNode, PhysicalType } from './row-group-input.ts';
import type { SchemaElement, TimeUnit } from './schema-element.ts';

/** A top-level column of a Parquet file. */
export interface ParquetColumn extends Field {
  /** Whether its values can be read; every column can be listed. */
  readonly supported: boolean;
  /** Why they cannot. */
  readonly reason?: string;
  /** Its column chunk in a row group; absent for nested columns. */
  readonly leaf?: ParquetLeaf;
  /** The leaves of a nested column, and how values are made of them. */
  readonly nested?: NestedNode<ParquetLeaf>;
}

/** A primitive column: one column chunk in every row group. Not nested, it has one value a row. */
export interface ParquetLeaf {
  /** Position among the column chunks of a row group. */
  readonly index: number;
  readonly path: readonly string[];
  readonly physicalType: PhysicalType;
  readonly typeLength?: number;
  readonly timeUnit?: TimeUnit;
  readonly optional: boolean;
  /** Highest levels, of a leaf of a nested column. */
  readonly levels?: { readonly definition: number; readonly repetition: number };
  /** The format defines an order for the type, so that statistics mean something. */
  readonly orderDefined: boolean;
}

export interface ParquetSchema {
  readonly columns: readonly ParquetColumn[];
  /** Column chunks in every row group. */
  readonly leafCount: number;
}

const MAX_DEPTH = 100;

/** Builds the columns from the depth-first list of elements; what `fail` makes of a reason is thrown. */
export function buildSchema(elements: readonly SchemaElement[], fail: (why: string) => SquallError): ParquetSchema {
  let next = 0;
  let leaves = 0;
  const root = take();
  if (root.element.physicalType !== undefined) throw fail('the root of the schema is not a group');
  if (next < elements.length) throw fail(`${elements.length - next} schema elements belong to no group`);
  const columns: ParquetColumn[] = [];
  for (const node of root.children) columns.push(toColumn(node));
  return { columns, leafCount: leaves };

  function take(depth = 0): SchemaNode {
    const element = elements[next++];
    if (element === undefined) throw fail('the schema ends inside a group');
    if (depth > MAX_DEPTH) throw fail(`the schema is nested deeper than ${MAX_DEPTH}`);
    if (element.physicalType !== undefined && element.children > 0) {
      throw fail(`the primitive column "${element.name}" has children`);
    }
    if (element.physicalType === undefined && element.children === 0 && depth > 0) {
      throw fail(`the group "${element.name}" has no children`);
    }
    const firstLeaf = leaves;
    if (element.physicalType !== undefined) leaves++;
    const children: SchemaNode[] = [];
    for (let i = 0; i < element.children; i++) children.push(take(depth + 1));
    return { element, children, firstLeaf };
  }
}

interface SchemaNode {
  readonly element: SchemaElement;
  readonly children: readonly SchemaNode[];
  readonly firstLeaf: number;
}

function toColumn(node: SchemaNode): ParquetColumn {
  const { element } = node;
  const { name, physicalType, repetition } = element;
  const nullable = repetition !== 'required';
  if (physicalType === undefined || repetition === 'repeated') return nestedColumn(node, nullable);
  const { type, unsupported } = primitiveType({ ...element, physicalType });
  const leaf = toLeaf(node, physicalType, [name], nullable);
  if (unsupported !== undefined) return { name, type, nullable, supported: false, reason: unsupported, leaf };
  return { name, type, nullable, supported: true, leaf };
}

function toLeaf(
  { element, firstLeaf }: SchemaNode,
  physicalType: PhysicalType,
  path: readonly string[],
  optional: boolean,
  levels?: ParquetLeaf['levels'],
): ParquetLeaf {
  const { typeLength } = element;
  const { type, timeUnit, unsupported } = primitiveType({ ...element, physicalType });
  return {
    index: firstLeaf,
    path,
    physicalType,
    optional,
    orderDefined: physicalType !== 'INT96' && type.kind !== 'interval' && unsupported === undefined,
    ...(physicalType === 'FIXED_LEN_BYTE_ARRAY' && typeLength !== undefined && { typeLength }),
    ...(timeUnit !== undefined && { timeUnit }),
    ...(levels && { levels }),
  };
}

function nestedColumn(node: SchemaNode, nullable: boolean): ParquetColumn {
  const unsupported: string[] = [];
  const nested = repeatedNode(node, { path: [], definition: 0, repetition: 0, unsupported });
  const column = { name: node.element.name, type: nested.type, nullable };
  if (unsupported[0] !== undefined) return { ...column, supported: false, reason: unsupported[0] };
  return { ...column, supported: true, nested };
}

/** What lies above a node of a nested column. */
interface Above {
  readonly path: readonly string[];
  /** Levels of the value around. */
  readonly definition: number;
  readonly repetition: number;
  /** Collects why leaves cannot be read. */
  readonly unsupported: string[];
}

/** A node as its repetition makes it: a repeated one is a list that is never null. */
function repeatedNode(node: SchemaNode, above: Above): NestedNode<ParquetLeaf> {
  const { definition } = above;
  switch (node.element.repetition) {
    case 'required':
      return singleNode(node, above);
    case 'optional':
      return singleNode(node, { ...above, definition: definition + 1 });
    case 'repeated': {
      const within = { ...above, definition: definition + 1, repetition: above.repetition + 1 };
      return listOf(singleNode(node, within), definition, within);
    }
    default:
      return assertNever(node.element.repetition);
  }
}

const listOf = (entries: NestedNode<ParquetLeaf>, definition: number, within: Above): NestedNode<ParquetLeaf> => ({
  kind: 'list',
  type: { kind: 'list', element: entries.type },
  definition,
  entryDefinition: within.definition,
  repetition: within.repetition,
  entries,
});

/** A node without its repetition; `above` counts its levels already. */
function singleNode(node: SchemaNode, above: Above): NestedNode<ParquetLeaf> {
  const { element, children } = node;
  const { physicalType, logical } = element;
  const { definition, repetition } = above;
  const path = [...above.path, element.name];
  if (physicalType !== undefined) {
    const { type, unsupported } = primitiveType({ ...element, physicalType });
    if (unsupported !== undefined) above.unsupported.push(`its field "${path.join('.')}": ${unsupported}`);
    return { kind: 'leaf', type, definition, leaf: toLeaf(node, physicalType, path, true, { definition, repetition }) };
  }
  const [first] = children;
  if (children.length === 1 && first?.element.repetition === 'repeated') {
    const within = { ...above, path, definition: definition + 1, repetition: repetition + 1 };
    const inGroup = { ...within, path: [...path, first.element.name] };
    const [key, value] = first.children;
    if ((logical?.kind === 'map' || logical?.kind === 'mapKeyValue') && key && value) {
      const fields = [repeatedNode(key, inGroup), repeatedNode(value, inGroup)] as const;
      const type = { kind: 'map', key: fields[0].type, value: fields[1].type } as const;
      const entries = { kind: 'struct', type: entryType(type), definition: within.definition, fields } as const;
      return { ...listOf(entries, definition, within), type };
    }
    if (logical?.kind === 'list') {
      // The repeated group of a LIST is a wrapper, except in the legacy two-level forms.
      const [only, ...others] = first.children;
      const { name } = first.element;
      const wrapper = only && others.length === 0 && name !== 'array' && name !== `${element.name}_tuple`;
      return listOf(wrapper ? repeatedNode(only, inGroup) : singleNode(first, within), definition, within);
    }
  }
  const fields = children.map((child) => repeatedNode(child, { ...above, path }));
  const type: SqlType = {
    kind: 'struct',
    fields: fields.map((field, i) => fieldOf(children[i] as SchemaNode, field)),
  };
  return { kind: 'struct', type, definition, fields };
}

const fieldOf = ({ element }: SchemaNode, { type }: NestedNode<ParquetLeaf>): Field => ({
  name: element.name,
  type,
  nullable: element.repetition !== 'required',
});
