/** The address that leads into a group. What opens the group is behind the `#`, which browsers send to no server. */
export function linkAddress(fragment: string): string {
  return `${location.origin}/join#${fragment}`;
}
