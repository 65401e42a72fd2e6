/** How sure a draft is, in the three steps that people are shown. */
export type Confidence = "high" | "middle" | "low";

const HIGH = 0.75;
const MIDDLE = 0.5;

export function confidenceOf(confidence: number): Confidence {
  return confidence >= HIGH ? "high" : confidence >= MIDDLE ? "middle" : "low";
}
