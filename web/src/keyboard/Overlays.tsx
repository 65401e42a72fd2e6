import { lazy, Suspense } from "react";
import { helpState, paletteState } from "./store";

const Help = lazy(async () => ({ default: (await import("./Help")).Help }));
const Palette = lazy(async () => ({ default: (await import("./Palette")).Palette }));

/** Loaded when first asked for. */
export function KeyboardOverlays() {
  const help = helpState.use();
  const palette = paletteState.use();
  return (
    <Suspense fallback={null}>
      {help && <Help />}
      {palette && <Palette />}
    </Suspense>
  );
}
