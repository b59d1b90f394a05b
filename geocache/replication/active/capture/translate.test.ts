import { describe, expect, it } from "vitest";
import { translate } from "./translate.ts";

const changed = (command: string): unknown => {
  const args = command.split(" ");
  return translate((args[0] ?? "").toLowerCase(), args);
};

describe("a copy", () => {
  it.each(["COPY a b", "COPY a b REPLACE", "copy a b db 0 replace", "COPY db b"])(
    "%s changes its destination",
    (text) => {
      expect(changed(text)).toEqual([{ kind: "unknown-key", key: "b" }]);
    },
  );

  it.each(["COPY a b DB 1", "copy a b replace db 2", "COPY a db DB 1"])("%s changes nothing of the group's", (text) => {
    expect(changed(text)).toEqual([]);
  });
});

describe("a sorted copy", () => {
  it.each(["SORT a STORE b", "sort store by store get store store b", "SORT a LIMIT 0 10 STORE b ALPHA"])(
    "%s changes its destination",
    (text) => {
      expect(changed(text)).toEqual([{ kind: "unknown-key", key: "b" }]);
    },
  );
});
