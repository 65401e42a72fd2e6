type Child = Node | string | null | undefined | false;
type Values = Record<string, string | number | boolean | ((event: Event) => void) | null | undefined>;

/** An element. Functions become listeners, `true` an empty attribute; a child that is text stays text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  values: Values = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  add(element, children);
  return element;
}

export function fill(element: Element, ...children: Child[]): void {
  element.textContent = "";
  add(element, children);
}

function add(element: Element, children: Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 3.7a.6.6 0 0 1-.9-.5V16A2.5 2.5 0 0 1 4 13.5z",
  close: "M6 9l6 6 6-6",
  send: "M5 12h13M12.5 6l6 6-6 6",
  clip: "M19 11.5l-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5l7.7-7.7a3.1 3.1 0 0 1 4.3 4.4l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.2l6.8-6.8",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  bot: "M12 3v3M6.5 7h11A2.5 2.5 0 0 1 20 9.500v6.000A2.500 2.500 0 0 1 17.500 18h-11A2.500 2.500 0 0 1 4 15.500v-6A2.500 2.500 0 0 1 6.500 7zM9 12v1M15 12v1M8 21h8",
  parcel: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  cross: "M7 7l10 10M17 7L7 17",
} as const;

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const values = {
    viewBox: "0 0 24 24", width: "20", height: "20", fill: "none", stroke: "currentColor",
    "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(values)) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
