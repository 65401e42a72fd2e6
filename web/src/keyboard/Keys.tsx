const MAC = navigator.platform.startsWith("Mac");

function shown(key: string): string {
  const names: Record<string, string> = { mod: MAC ? "⌘" : "Ctrl", shift: "⇧", Enter: "⏎", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" };
  return names[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** "mod+k" as keys to look at. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span style={{ whiteSpace: "nowrap" }}>
      {keys.split(" ").map((press, index) => (
        <span key={index}>
          {index > 0 && " "}
          {press.split("+").map((key) => (
            <kbd key={key} style={{ marginLeft: 2 }}>
              {shown(key)}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
