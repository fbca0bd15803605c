/** What @tanstack/table-core is asked for: columns, lines by their keys, no work that the server does. */

import "../../../vendor/table-core.js";

const { createTable, getCoreRowModel } = globalThis.TableCore;

/** A table without lines; columns have a `name`. */
export function newTable(columns) {
  const table = createTable({
    columns: columns.map(({ name }) => ({ id: name, accessorKey: name })),
    data: [],
    state: {},
    onStateChange: () => {},
    getRowId: (line) => line.key,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true, manualPagination: true, manualFiltering: true,
    enableMultiSort: true, enableRowSelection: true, renderFallbackValue: null,
  });
  table.setOptions((before) => ({ ...before, state: { ...table.initialState } }));
  return table;
}

/** The state that a view implies: which columns are seen in which order, the order of lines, what is checked. */
export const implied = ({ visible, order: sorting }, names, checked) => ({
  columnOrder: [...visible, ...names.filter((name) => !visible.includes(name))],
  columnVisibility: Object.fromEntries(names.map((name) => [name, visible.includes(name)])),
  sorting,
  rowSelection: Object.fromEntries(checked.map((key) => [key, true])),
});
