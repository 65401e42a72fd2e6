import { Skeleton } from "antd";
import "./ticket.css";

/** As high and as wide as what comes; also while the code of the ticket is on its way. */
export function TicketLoading() {
  return (
    <div className="ticket-main" aria-busy="true">
      <div className="ticket-header">
        <Skeleton active title={{ width: "50%" }} paragraph={{ rows: 1, width: "70%" }} />
      </div>
      <div className="ticket-conversation" style={{ padding: 20 }}>
        <Skeleton active avatar paragraph={{ rows: 2 }} />
        <Skeleton active paragraph={{ rows: 2 }} style={{ marginTop: 24 }} />
      </div>
      <div style={{ padding: 16, height: 140 }}>
        <Skeleton active title={false} paragraph={{ rows: 3 }} />
      </div>
    </div>
  );
}
