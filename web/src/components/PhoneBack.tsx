import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import "./phone-back.css";

/** On a phone the list and what is opened take turns: the way back to the list. Wider screens show both. */
export function PhoneBack({ to, onBack }: { to: string; onBack: () => void }) {
  return (
    <div className="phone-back">
      <Button type="text" icon={<ArrowLeftOutlined />} onClick={onBack}>
        {to}
      </Button>
    </div>
  );
}
