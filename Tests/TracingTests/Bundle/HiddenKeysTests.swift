import AddressSets
import Bundles
import Documents
import Questions
import Testing
import Tracing

/// Tunnels in pasted texts whose keys were made unreadable, or whose clients changed since.
@Suite struct HiddenKeysTests {
  private func trace(_ files: [String: String], _ target: String) async throws -> TraceDocument {
    let folder = try BundleFolder(files)
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    return try await Tracer(vantage).trace(target, seconds: 1, sets: AddressSets()).document
  }

  private static func surroundings(_ device: String, _ address: String, kind: String) -> String {
    """
    root@hub:~# ip a
    2: ens3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP
        inet 198.51.100.2/24 scope global ens3
    7: \(device): <POINTOPOINT,\(kind)NOARP,UP,LOWER_UP> mtu 1420 qdisc noqueue state UNKNOWN
        link/none
        inet \(address)/24 scope global \(device)
    root@hub:~# conntrack -L

    """
  }

  private static func flow(_ source: String, _ port: Int) -> String {
    "tcp      6 300 ESTABLISHED src=\(source) dst=203.0.113.80 sport=\(port) dport=443 packets=9 bytes=9000 src=203.0.113.80 dst=198.51.100.2 sport=443 dport=\(port) packets=9 bytes=90000 [ASSURED] mark=0 use=1\n"
  }

  private static let key = "c2Vjb25kc2Vjb25kc2Vjb25kc2Vjb25kc2Vjb25kc2U="

  @Test(arguments: ["peer: (redacted)", "peer: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=", "peer: ", ""])
  func `a peer with an unreadable key, or none, is a peer of its own`(_ head: String) async throws {
    let show = """
      root@hub:~# wg show
      interface: wg0
        public key: \(Self.key)
        private key: (hidden)
        listening port: 51820

      peer: \(Self.key)
        endpoint: 198.51.100.70:40000
        allowed ips: 10.66.0.3/32, 10.66.0.0/24
        transfer: 1.00 GiB received, 2.00 GiB sent

      \(head.isEmpty ? "" : head + "\n")  endpoint: 198.51.100.71:41000
        allowed ips: 10.66.0.2/32
        transfer: 1.00 MiB received, 2.00 MiB sent

      """
    let text =
      show + Self.surroundings("wg0", "10.66.0.1", kind: "") + Self.flow("10.66.0.2", 40001)
      + Self.flow("10.66.0.3", 40002)
    let document = try await trace(["hub.txt": text], "203.0.113.80:443")
    let hops = document.chains.flatMap(\.hops).filter { $0.kind == .tunnel }
    #expect(hops.count == 2)
    let hidden = try #require(hops.first { $0.tunnel?.realAddress == "198.51.100.71:41000" })
    #expect(hidden.tunnel?.client == "peer 2 (key not shown)" && hidden.tunnel?.publicKey == nil)
    #expect(hops.contains { $0.tunnel?.realAddress == "198.51.100.70:40000" && $0.tunnel?.client == "peer c2Vjb25k" })
  }

  @Test(arguments: ["", "> "]) func `lines that a mail wrapped and that were used are not said to be unread`(
    _ quote: String
  ) async throws {
    let wrapped = (0..<4).map { number in
      let words = Self.flow("10.66.0.2", 40_010 + number).split(separator: " ", omittingEmptySubsequences: false)
      var lines = [""]
      for word in words {
        if lines[lines.count - 1].count + word.count > 71 { lines.append("") }
        lines[lines.count - 1] += word + " "
      }
      return lines.map { quote + $0.trimmed + "\n" }.joined()
    }.joined()
    let folder = try BundleFolder(["mail.txt": wrapped])
    let vantage = try #require(try EvidenceBundle(reading: folder.path).vantages.first)
    let interval = try await vantage.measure(seconds: 1)
    #expect(interval.flows.count == 4)
    #expect(!interval.notes.contains { $0.contains("not understood") }, "\(interval.notes)")
  }
}

extension String {
  fileprivate var trimmed: String { String(reversed().drop { $0 == " " || $0 == "\n" }.reversed()) }
}
