export function mount(main) {
  main.append("…");
}
