import Flows
import Testing

@testable import Bundles

@Suite struct ConntrackOutputTests {
  private func list(_ text: String) -> [TrackedConnection] {
    PastedText(Array(text.utf8)).parts.flatMap { TrackedConnection.list($0.lines) }
  }

  private func flow(_ transport: Transport, _ source: String, _ destination: String) throws -> Flow {
    Flow(transport, from: try #require(Endpoint(source)), to: try #require(Endpoint(destination)))
  }

  @Test func `a translated TCP connection has both of its names and its line`() throws {
    let found = list(
      """
      conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.
      tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=10.8.1.3 sport=40142 dport=3129 packets=12 bytes=3456 src=10.8.1.3 dst=10.0.7.248 sport=3129 dport=40142 packets=10 bytes=789 [ASSURED] mark=0 use=1
      """)
    let entry = try #require(found.first)
    #expect(found.count == 1 && entry.line == 2 && entry.state == "ESTABLISHED" && !entry.isUnreplied)
    #expect(try entry.original == flow(.tcp, "172.17.0.2:40142", "10.8.1.3:3129"))
    #expect(try entry.translated == flow(.tcp, "10.0.7.248:40142", "10.8.1.3:3129"))
    #expect(entry.sent?.bytes == 3456 && entry.answered?.packets == 10)
  }

  @Test func `UDP, IPv6, ICMP and the kernel's own file are read`() throws {
    let found = list(
      """
      udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=53211 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=53211 mark=0 use=1
      tcp      6 300 ESTABLISHED src=2001:db8::1 dst=2001:db8::2 sport=5000 dport=443 src=2001:db8::2 dst=2001:db8::1 sport=443 dport=5000 [ASSURED] mark=0 use=1
      icmp     1 29 src=10.0.0.1 dst=8.8.8.8 type=8 code=0 id=1234 src=8.8.8.8 dst=192.0.2.1 type=0 code=0 id=1234 mark=0 use=1
      ipv6     10 icmpv6 58 29 src=fd00:0000:0000:0000:0000:0000:0000:0001 dst=fd00:0000:0000:0000:0000:0000:0000:0002 type=128 code=0 id=7 src=fd00:0000:0000:0000:0000:0000:0000:0002 dst=fd00:0000:0000:0000:0000:0000:0000:0001 type=129 code=0 id=7 mark=0 zone=3 use=2
      ipv4     2 tcp      6 117 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] mark=0 secctx=null [start=Fri Nov 20 12:00:00 2026] use=2
          [NEW] tcp      6 120 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=9 dport=80 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=80 dport=9

      """)
    #expect(found.count == 6)
    #expect(found[0].isUnreplied && found[0].state == nil)
    #expect(try found[1].original == flow(.tcp, "[2001:db8::1]:5000", "[2001:db8::2]:443"))
    #expect(try found[2].translated == flow(.icmp, "192.0.2.1:1234", "8.8.8.8:1234"))
    #expect(found[3].original.transport == .icmp6 && found[3].zone == 3)
    #expect(found[4].state == "TIME_WAIT" && found[5].state == "SYN_SENT")
  }

  @Test func `a line that a terminal cut in the middle of a word, or an editor between words, is put together`() throws
  {
    let whole =
      "tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=10.8.1.3 sport=40142 dport=3129 src=10.8.1.3 dst=10.0.7.248 sport=3129 dport=40142 [ASSURED] mark=0 use=1"
    let characters = Array(whole)
    let cut = stride(from: 0, to: characters.count, by: 70).map {
      String(characters[$0..<min($0 + 70, characters.count)])
    }
    let byTerminal = list(cut.joined(separator: "\r\n"))
    #expect(byTerminal.count == 1)
    #expect(try byTerminal.first?.translated == flow(.tcp, "10.0.7.248:40142", "10.8.1.3:3129"))
    let byEditor = list(whole.replacing(" dport=3129 src", with: " dport=3129\nsrc"))
    #expect(byEditor.count == 1 && byEditor.first?.original.destination == Endpoint("10.8.1.3:3129"))
  }

  @Test func `tabs, spaces and torn or hostile lines do no harm`() {
    #expect(
      list("tcp\t6\t1\tCLOSE\tsrc=1.2.3.4\tdst=5.6.7.8\tsport=1\tdport=2\tsrc=5.6.7.8\tdst=1.2.3.4\tsport=2\tdport=1\n")
        .count == 1)
    let bad = [
      "tcp 6 1 ESTABLISHED src=1.2.3.4 dst=5.6.7.8 sport=1 dport=2",
      "tcp 6 1 X src=1.2.3.4 dst=::1 sport=1 dport=2 src=::1 dst=1.2.3.4 sport=2 dport=1",
      "tcp 6 1 X src=1.2.3.4 dst=5.6.7.8 sport=99999 dport=2 src=5.6.7.8 dst=1.2.3.4 sport=2 dport=1",
      "tcp 999 1 src= dst=", "src=src=src=", String(repeating: "src=1.1.1.1 dst=2.2.2.2 ", count: 20000),
    ]
    for line in bad { #expect(list(line).isEmpty) }
  }
}
