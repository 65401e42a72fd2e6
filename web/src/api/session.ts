/** Who is signed in. The session itself is an HttpOnly cookie that this code never sees. */
import { api, type Schemas } from "./client";

export type Me = Schemas["MeOut"];
export type PermissionName = Me["permissions"][number];

export function useMe() {
  return api.useQuery("get", "/api/v1/auth/me", {}, { staleTime: 60_000, retry: false });
}

/** Of the screens inside the shell, where somebody is signed in. */
export function useSignedIn(): Me {
  const { data } = useMe();
  if (!data) throw new Error("useSignedIn is for screens inside the shell");
  return data;
}

export function useMay(permission: PermissionName): boolean {
  return useMe().data?.permissions.includes(permission) ?? false;
}
