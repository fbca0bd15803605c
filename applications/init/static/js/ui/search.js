export function mountSearch() {}
