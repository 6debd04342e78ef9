import Testing

@testable import AccessLogs

/// Paths and agents may hold secrets, like queries.
@Suite struct ShownTextTests {
  @Test(
    arguments: [
      ("/api/token=PLANT/x", "/api/token=…/x"), ("/bot123456:PLANT/sendMessage", "/bot123456:…/sendMessage"),
      ("/reset/eyJPLANTPLANT.x.y", "/reset/eyJ…"), ("/services/T0/B0/PLANT", "/services/T0/B0/…"),
      ("/api/webhooks/12/PLANT", "/api/webhooks/12/…"), ("/static/main.3f2a1b.js", "/static/main.3f2a1b.js"),
    ]) func `a path is shown without what may be a secret`(_ path: String, _ shown: String)
  {
    #expect(ShownText.path(Array(path.utf8)) == shown)
  }

  @Test(
    arguments: [
      ("x https://u:PLANT@h/?k=PLANT", "x https://…@h/?…"), ("bot token=PLANT", "bot token=…"),
      ("Bearer PLANT", "Bearer …"),
      (
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.6099.109", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.6099.109"
      ),
    ]) func `an agent is shown without what may be a secret`(_ agent: String, _ shown: String)
  {
    #expect(ShownText.agent(Array(agent.utf8)) == shown)
  }
}
