/* ssj.functions: every function of the test vectors (PROTOCOL.md §11), taking a vector's `input` and giving what it expects.
   Plain script, after agree.js. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { canonical, sha256hex } = ssj;

  /** A copy with the values at the given paths replaced. */
  function changed(record, changes) {
    const copy = ssj.parse(canonical(record));
    for (const { path, value } of changes) {
      let place = copy;
      for (const key of path.slice(0, -1)) place = place[key];
      place[path[path.length - 1]] = value;
    }
    return copy;
  }

  /** The steps up to the first that fails: what later ones say is not specified (§10.1). */
  function numbers(steps) {
    const first = steps.findIndex((one) => one.holds === false);
    return steps.slice(0, first < 0 ? steps.length : first + 1).map((one) => [one.number, one.holds]);
  }

  const bytes = (list) => list.map(ssj.hexToBytes);
  const entries = (object) => new Map(Object.keys(object).map((id) => [id, { id: id, internal: object[id], path: id }]));
  const plain = (name, ...keys) => (input) => ssj[name](...keys.map((key) => input[key]));

  ssj.functions = {
    canonical(input) {
      const text = canonical(ssj.parse(input.text));
      return { canonical: text, sha256: sha256hex(text) };
    },
    normalise_id: plain("normalise_id", "text"),
    row_salt: plain("row_salt", "salt", "table", "identifier", "part"),
    part_hash: plain("part_hash", "part_salt", "values"),
    leaf: plain("leaf", "salt", "table", "row"),
    merkle_root: (input) => ssj.merkle_root(bytes(input.leaves)),
    merkle_proof: (input) => ssj.merkle_proof(bytes(input.leaves), input.index),
    root_from_proof: (input) => ssj.root_from_proof(ssj.hexToBytes(input.data), input.index, input.count, input.proof),
    event_outcomes: (input) => String(ssj.event_outcomes(input.kind, input.count)),
    event_form: plain("event_form", "kind", "count", "parties"),
    check_event_text: (input) => (ssj.check_event_text(input.event, input.text), "accepted"),
    public_list: plain("public_list", "record"),
    commitment(input) {
      const made = ssj.commitment(input.record);
      return { commitment: made.commitment, object: canonical(made.object) };
    },
    seed_of: plain("seed_of", "commitment", "text"),
    ticket: plain("ticket", "seed", "purpose", "identifier", "ticket_salt"),
    ticket_number: plain("ticket_number", "ticket_hex"),
    target_ticket: plain("target_ticket", "record", "seed", "purpose", "target"),
    sample_size: plain("sample_size", "ratio", "count"),
    select: plain("select", "units", "n"),
    draw_targets: plain("draw_targets", "record", "seed"),
    visit_of: (input) => ssj.visit_of(input.target, input.category, input.task_ids, entries(input.tasks), entries(input.items)),
    visits_of: plain("visits_of", "record", "drawn"),
    fits: (input) => ssj.fits(input.officer, input.seat, input.visit, entries(input.items)),
    match: plain("match", "record", "seed", "visits", "purpose"),
    draw: plain("draw", "record", "text", "external"),
    drawn_ids: plain("drawn_ids", "part"),
    replace: plain("replace", "record", "officer", "visits", "whole"),
    teams_now: plain("teams_now", "record"),
    ledger_line: plain("ledger_line", "entry", "previous"),
    read_ledger(input) {
      const ledger = ssj.read_ledger(input.text);
      return { entries: ledger.entries.length, head: ledger.head };
    },
    kind_of_file: (input) => ssj.readFile(input.hex ? ssj.hexToBytes(input.hex) : ssj.utf8(input.text)).kind,
    signature: (input) => ssj.validSignature(input.key, ssj.hexToBytes(input.message), input.signature),
    examine: (input) => numbers(ssj.examine(input.document)),
    compare: (input) => numbers(ssj.compare(input.documents, input.ledgers)),
    banners: plain("banners", "document", "ledgers"),
    checks_of: plain("checks_of", "record"),
    read_check: plain("read_check", "code"),
    check_state: plain("check_state", "code", "documents", "ledgers"),
    /** `base`: the draw record that the changes are made to (whole_draw.json). */
    verify: (input, base) => ssj.examine(changed(base, input.changes)).find((one) => one.holds === false).number,
  };
})();
