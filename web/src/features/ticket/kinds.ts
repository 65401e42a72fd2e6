/** What kind of change an edit was, as the agent says it by one key each. */
import { useMutation, useMutationState } from "@tanstack/react-query";
import { api, client } from "@/api/client";
import { queryClient } from "@/api/queries";
import { type EditKind, type Suggestion, useTell } from "./data";

const nameOf = (id: number) => ["review kinds", id] as const;

/** What was said last and is still on its way; it goes before what the server is known to have. */
const onItsWay = (id: number) =>
  queryClient
    .getMutationCache()
    .findAll({ mutationKey: nameOf(id), status: "pending" })
    .map((one) => one.state.variables as readonly EditKind[])
    .at(-1);

/**
 * The kinds of a suggestion's review, and how one is set or taken back.
 *
 * All of them are sent each time. So requests go one after the other, and each is made from the one before it and not
 * from what is shown: a second key may come before the first has been answered, or drawn.
 */
export function useEditKinds(suggestion: Suggestion, ticketId: number): [readonly EditKind[], (kind: EditKind) => void] {
  const tell = useTell(ticketId);
  const { queryKey } = api.queryOptions("get", "/api/v1/tickets/{ticket_id}/suggestions", { params: { path: { ticket_id: ticketId } } });
  const known = () =>
    queryClient.getQueryData<readonly Suggestion[]>(queryKey)?.find((one) => one.id === suggestion.id)?.review?.kinds ?? suggestion.review?.kinds ?? [];
  const say = useMutation({
    mutationKey: nameOf(suggestion.id),
    scope: { id: nameOf(suggestion.id).join(" ") },
    mutationFn: async (kinds: readonly EditKind[]) =>
      (
        await client.PUT("/api/v1/suggestions/{suggestion_id}/review/kinds", {
          params: { path: { suggestion_id: suggestion.id } },
          body: { kinds: [...kinds] },
        })
      ).data,
    onSuccess: async (said) => {
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData<readonly Suggestion[]>(queryKey, (all) => all?.map((one) => (one.id === said?.id ? { ...one, review: said.review } : one)));
      void queryClient.invalidateQueries({ queryKey }); // what was cancelled may have been about something else
    },
    onError: tell,
  });
  const shown = useMutationState({
    filters: { mutationKey: nameOf(suggestion.id), status: "pending" },
    select: (one) => one.state.variables as readonly EditKind[],
  });
  const toggle = (kind: EditKind) => {
    const from = onItsWay(suggestion.id) ?? known();
    say.mutate(from.includes(kind) ? from.filter((one) => one !== kind) : [...from, kind]);
  };
  return [shown.at(-1) ?? suggestion.review?.kinds ?? [], toggle];
}
