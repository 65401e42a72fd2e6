import { theme } from "antd";
import { useFormats } from "@/components/format";
import type { Share } from "./data";

/** A share with its exact 95% interval and of how many it is. */
export function ShareText({ share, brief = false }: { share: Share | null | undefined; brief?: boolean }) {
  const { token } = theme.useToken();
  const { number, percent } = useFormats();
  if (!share) return <span style={{ color: token.colorTextSecondary }}>–</span>;
  const interval = `${percent(share.low, 1)}–${percent(share.high, 1)}`;
  return (
    <span className="tabular" title={`95% ${interval} · n = ${number(share.n)}`}>
      {percent(share.share, 1)}
      {!brief && (
        <span className="ev-interval" style={{ color: token.colorTextSecondary }}>
          {interval} · n = {number(share.n)}
        </span>
      )}
    </span>
  );
}
