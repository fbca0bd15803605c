/** What to do about a refusal, by its reason; the reasons are those of docs/policy.md. */

const HINTS = {
  privilege_missing: "A Manager gives privileges.",
  not_published: "Publish the registry to a group of theirs, above.",
  not_responsible: "Make one of their groups responsible for the registry, or push to users/ or groups/.",
  restricted: "Make a group of theirs responsible for the registry, or end its restriction.",
  not_owner: "Nobody else gets into another user's repositories; use one below groups/ or apps/.",
  not_member: "A group manager adds members to the group.",
  app_not_published: "Publish the application to a group of theirs.",
  app_not_responsible: "Make a group of theirs responsible for the application.",
  other_app: "A service pulls from its own application's repositories; is its application code right?",
  no_such_owner: "The part after the first slash names nobody. Is it spelt as the username, group or app?",
  ambiguous_owner: "Use the id in place of the name.",
  service_never_pushes: "Services only pull; people and their programs push.",
  service_never_here: "Publish images for services below apps/ or at ordinary names.",
  node_no_access: "Nodes log in, and get nothing; their services pull.",
  placement_instance: "The agent of the node tells of instances; is the service there, and does the agent run?",
  placement_address: "Put the address on the node's record, if it is the node's; or the proxy's into the settings.",
  bad_name: "A name is lower case letters, digits, and . _ - / between them.",
  account_blocked: "A UserManager unblocks accounts.",
};

/** A sentence; empty where there is nothing to add. */
export const hint = (reason) => HINTS[reason] ?? "";
