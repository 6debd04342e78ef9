import Flows
import Lab
import LinuxSystem
import ProgramDoubles
import Synchronization
import Testing

@testable import AddressSets

/// Against a socket that plays the metadata service, with the answers that the clouds document: none can be had here.
@Suite struct CloudMetadataTests {
  private static let token = "AQAEAPRZKQ=="

  /// What was asked, and a service that answers `tree`; `demand` is a header without which it refuses.
  private final class Service: Sendable {
    let socket: ScriptedSocket
    private let heads: Log

    final class Log: Sendable {
      private let lines = Mutex<[String]>([])
      var all: [String] { lines.withLock { $0 } }
      func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    init(
      _ tree: [String: String], demand: String? = nil, refusal: String = "401 Unauthorized", headers: String = "",
      token: String = CloudMetadataTests.token
    ) throws {
      let heads = Log()
      self.heads = heads
      socket = try ScriptedSocket("/tmp/headwater-metadata-\(UInt64.random(in: 0...UInt64.max)).sock") { connection in
        while let head = connection.question(endingWith: "\r\n\r\n") {
          heads.add(head)
          let words = head.split(separator: " ")
          let body: String
          var status = "200 OK"
          if words[0] == "PUT" {
            body = token
          } else if let demand, !head.contains("\r\n\(demand)\r\n") {
            (body, status) = ("", refusal)
          } else if let text = tree[String(words[1])] {
            body = text
          } else {
            (body, status) = ("<html>Not Found", "404 Not Found")
          }
          connection.send("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
      }
    }

    var asked: [String] { heads.all.map { String($0.prefix { $0 != "\r" && $0 != "\r\n" }) } }
    var allHeads: [String] { heads.all }

    func ask(_ provider: CloudProvider, milliseconds: Int = 2000) throws(CloudMetadataError) -> CloudAddresses {
      try CloudMetadata(provider, at: .unix(socket.path), timeout: .milliseconds(milliseconds)).addresses()
    }
  }

  private func pairs(_ found: CloudAddresses) -> [String] { found.pairs.map { "\($0.outer) \($0.own)" } }

  private func code(_ body: () throws(CloudMetadataError) -> CloudAddresses) -> CloudMetadataError.Code? {
    do throws(CloudMetadataError) { _ = try body() } catch { return error.code }
    return nil
  }

  @Test(arguments: [
    (["sys_vendor": "Amazon EC2", "product_name": "t3.micro"], CloudProvider.aws),
    (["sys_vendor": "Xen", "bios_version": "4.11.amazon"], .aws), (["sys_vendor": "Xen", "bios_version": "4.11"], nil),
    (["sys_vendor": "Google", "product_name": "Google Compute Engine"], .gcp),
    (["sys_vendor": "Google", "product_name": "Eve"], nil),
    (
      ["sys_vendor": "Microsoft Corporation", "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"],
      .azure
    ),
    (["sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"], nil),
    (["sys_vendor": "Tencent Cloud", "product_name": "CVM"], .tencent),
    (["sys_vendor": "Alibaba Cloud", "product_name": "Alibaba Cloud ECS"], .aliyun),
    (["sys_vendor": "QEMU"], nil), (["product_name": "Google Compute Engine"], nil), ([:], nil),
  ])
  func `the firmware's names tell the cloud`(_ fields: [String: String], _ provider: CloudProvider?) throws {
    #expect(try CloudProvider.of { fields[$0] ?? "" } == provider)
  }

  @Test func `a machine without such a folder is in no cloud`() throws {
    #expect(try CloudProvider(identityIn: "/proc/self/no-such-folder") == nil)
    // Files that are no text, or are none.
    #expect(try CloudProvider(identityIn: "/dev/fd") == nil)
  }

  @Test func `firmware that may not be asked is not the same as no cloud`() throws {
    let folder = try TemporaryFolder()
    try folder.write("sys_vendor", "Amazon EC2\n")
    #expect(try CloudProvider(identityIn: folder.path) == .aws)
    try folder.denying("sys_vendor") {
      #expect(throws: SystemError("open \(folder.path)/sys_vendor", .accessDenied)) {
        try CloudProvider(identityIn: folder.path)
      }
    }
  }

  private static let mac = "02:29:96:8f:6a:2d"
  private static let amazon = [
    "/latest/meta-data/network/interfaces/macs/": "\(mac)/\n06:aa:00:00:00:01/\n",
    "/latest/meta-data/network/interfaces/macs/\(mac)/ipv4-associations/": "203.0.113.10\n203.0.113.11",
    "/latest/meta-data/network/interfaces/macs/\(mac)/ipv4-associations/203.0.113.10": "10.12.32.13",
    "/latest/meta-data/network/interfaces/macs/\(mac)/ipv4-associations/203.0.113.11": "10.12.32.14\n10.12.32.15",
  ]

  @Test func `AWS is asked with a token, and every association is found`() throws {
    let service = try Service(Self.amazon, demand: "X-aws-ec2-metadata-token: \(Self.token)")
    let found = try service.ask(.aws)
    #expect(pairs(found) == ["203.0.113.10 10.12.32.13", "203.0.113.11 10.12.32.14"] && found.provider == "aws")
    #expect(service.asked.first == "PUT /latest/api/token HTTP/1.1")
    #expect(service.allHeads.first?.contains("\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n") == true)
    #expect(service.allHeads.allSatisfy { $0.contains("\r\nHost: 169.254.169.254\r\n") })
    // The token is nowhere in the answer: the command asks for one of its own.
    #expect(!"\(found)".contains(Self.token))
    let command = try #require(found.pairs.first?.command)
    #expect(command.contains("curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60'"))
    #expect(
      command.hasSuffix(
        "'http://169.254.169.254/latest/meta-data/network/interfaces/macs/\(Self.mac)/ipv4-associations/203.0.113.10'"))
  }

  @Test func `without associations the machine's one public address is taken`() throws {
    let root = "/latest/meta-data"
    let service = try Service(["\(root)/public-ipv4": "203.0.113.10", "\(root)/local-ipv4": "10.12.32.13\n"])
    for provider in [CloudProvider.aws, .tencent] {
      #expect(pairs(try service.ask(provider)) == ["203.0.113.10 10.12.32.13"])
    }
    #expect(try Service([:]).ask(.aws).pairs.isEmpty)
  }

  @Test func `Google's interfaces come in one answer, which must be Google's`() throws {
    let body = """
      [{"accessConfigs":[{"externalIp":"203.0.113.10","type":"ONE_TO_ONE_NAT"}],"ip":"10.128.0.2","mtu":1460},
       {"accessConfigs":[{"externalIp":"","type":"ONE_TO_ONE_NAT"}],"ip":"10.128.0.3"},{"ip":"10.1.0.2"},7]
      """
    let path = "/computeMetadata/v1/instance/network-interfaces/?recursive=true"
    let real = try Service([path: body], demand: "Metadata-Flavor: Google", headers: "Metadata-Flavor: Google\r\n")
    #expect(pairs(try real.ask(.gcp)) == ["203.0.113.10 10.128.0.2"])
    let other = try Service([path: body])
    #expect(code { () throws(CloudMetadataError) in try other.ask(.gcp) } == .malformed)
  }

  @Test func `Azure's interfaces and its balancer are asked`() throws {
    let interfaces = """
      {"interface":[{"ipv4":{"ipAddress":[{"privateIpAddress":"10.0.0.4","publicIpAddress":"203.0.113.10"},
       {"privateIpAddress":"10.0.0.5","publicIpAddress":""}],"subnet":[{"address":"10.0.0.0","prefix":"24"}]},
       "ipv6":{"ipAddress":[]},"macAddress":"000D3A000000"}]}
      """
    let balancer = """
      {"loadbalancer":{"publicIpAddresses":[{"frontendIpAddress":"203.0.113.11","privateIpAddress":"10.0.0.5"}],
       "inboundRules":[],"outboundRules":[]}}
      """
    let first = "/metadata/instance/network?api-version=2021-02-01"
    let second = "/metadata/loadbalancer?api-version=2020-10-01"
    let both = try Service([first: interfaces, second: balancer], demand: "Metadata: true")
    #expect(pairs(try both.ask(.azure)) == ["203.0.113.10 10.0.0.4", "203.0.113.11 10.0.0.5"])
    #expect(pairs(try Service([first: interfaces]).ask(.azure)) == ["203.0.113.10 10.0.0.4"])
  }

  @Test func `Tencent has a public address behind each own one`() throws {
    let root = "/latest/meta-data/network/interfaces/macs/"
    let list = "\(root)52:54:00:BF:B3:51/local-ipv4s/"
    let service = try Service([
      root: "52:54:00:BF:B3:51/", list: "10.12.32.13/\n10.12.32.14/", list + "10.12.32.13/public-ipv4": "203.0.113.10",
    ])
    let found = try service.ask(.tencent)
    #expect(pairs(found) == ["203.0.113.10 10.12.32.13"])
    #expect(
      found.pairs.first?.command
        == "curl -s 'http://metadata.tencentyun.com\(list)10.12.32.13/public-ipv4'")
  }

  @Test(arguments: [nil, "X-aliyun-ecs-metadata-token: AQAEAPRZKQ=="])
  func `Alibaba Cloud has an elastic address, behind a token where it demands one`(_ demand: String?) throws {
    let root = "/latest/meta-data/"
    let service = try Service(
      [root + "eipv4": "203.0.113.10", root + "private-ipv4": "172.16.0.5"], demand: demand, refusal: "403 Forbidden")
    #expect(pairs(try service.ask(.aliyun)) == ["203.0.113.10 172.16.0.5"])
    #expect(service.asked.contains { $0.hasPrefix("PUT") } == (demand != nil))
  }

  @Test func `a refusal, silence and what is no HTTP are told apart, within the time`() throws {
    let refusing = try Service([:], demand: "no such header", refusal: "403 Forbidden")
    #expect(code { () throws(CloudMetadataError) in try refusing.ask(.gcp) } == .refused(status: 403))
    let absent = CloudMetadata(.aws, at: .unix("/tmp/headwater-no-such.sock"), timeout: .seconds(1))
    #expect(code { () throws(CloudMetadataError) in try absent.addresses() } == .absent)
    let path = { "/tmp/headwater-metadata-\(UInt64.random(in: 0...UInt64.max)).sock" }
    let silent = try ScriptedSocket(path()) { $0.wait() }
    // One byte after the other, for ever: the deadline is for everything.
    let dripping = try ScriptedSocket(path()) { connection in
      _ = connection.question(endingWith: "\r\n\r\n")
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
      while connection.send("x") {}
    }
    let strange = try ScriptedSocket(path()) { connection in
      _ = connection.question(endingWith: "\r\n\r\n")
      connection.send("SSH-2.0-OpenSSH_9.9\r\n\r\n")
    }
    let cases: [(ScriptedSocket, [CloudMetadataError.Code])] = [
      (silent, [.slow]), (dripping, [.slow, .malformed]), (strange, [.malformed]),
    ]
    for (socket, wanted) in cases {
      let metadata = CloudMetadata(.aws, at: .unix(socket.path), timeout: .milliseconds(200))
      let begin = ContinuousClock.now
      let found = code { () throws(CloudMetadataError) in try metadata.addresses() }
      #expect(found.map(wanted.contains) == true, "\(String(describing: found))")
      #expect(ContinuousClock.now - begin < .seconds(10))
    }
  }

  @Test func `hostile answers change no request, and are cut`() throws {
    let root = "/latest/meta-data/network/interfaces/macs/"
    // Names that would lead elsewhere, and a service that lists for ever.
    let paths = [
      "../../iam/security-credentials/role", "a b\r\nX: y", "02:29:96:8f:6a:2d?x", "02:29:96:8f:6a:zz", "\u{7F}",
    ]
    let strange = try Service([root: paths.joined(separator: "\n")])
    #expect(try strange.ask(.aws).pairs.isEmpty)
    #expect(strange.asked.allSatisfy { !$0.contains("iam") && !$0.contains("X:") }, "\(strange.asked)")

    var endless = [
      root: (0..<5000).map { "02:00:00:00:\(format($0 / 256)):\(format($0 % 256))" }.joined(separator: "\n")
    ]
    for number in 0..<256 {
      endless["\(root)02:00:00:00:00:\(format(number))/ipv4-associations/"] =
        (1...200).map { "203.0.113.\($0)" }.joined(separator: "\n")
    }
    let many = try Service(endless)
    #expect(code { () throws(CloudMetadataError) in try many.ask(.aws) } == .malformed)
    #expect(many.asked.count <= 128)
  }

  private func format(_ number: Int) -> String { (number < 16 ? "0" : "") + String(number, radix: 16) }

  @Test(arguments: ["", "a\r\nX-Evil: 1", "a b", String(repeating: "a", count: 5000)])
  func `a token that would change the requests is not used`(_ token: String) throws {
    let service = try Service(Self.amazon, token: token)
    #expect(code { () throws(CloudMetadataError) in try service.ask(.aws) } == .malformed)
    #expect(service.asked.count == 1)
  }

  @Test func `addresses that can't be are left out, each public one counts once`() throws {
    func pair(_ outer: String, _ own: String) throws -> CloudAddresses.Pair {
      .init(outer: try #require(IPAddress(outer)), own: try #require(IPAddress(own)))
    }
    let good = try pair("203.0.113.10", "10.0.0.1")
    let bad = try [
      pair("203.0.113.10", "10.0.0.2"), pair("10.0.0.1", "10.0.0.1"), pair("127.0.0.1", "10.0.0.1"),
      pair("203.0.113.11", "0.0.0.0"), pair("224.0.0.1", "10.0.0.1"), pair("169.254.169.254", "10.0.0.1"),
      pair("2001:db8::1", "10.0.0.1"),
    ]
    #expect(CloudMetadata.plausible([good] + bad) == [good])
    let many = try (0..<1000).map { try pair("203.\($0 / 250).113.\($0 % 250)", "10.0.0.1") }
    #expect(CloudMetadata.plausible(many).count == CloudMetadata.limit)
  }

  @Test func `text of any kind is read to its end`() throws {
    #expect(MetadataListing.entries(in: Array("a/\r\nb\n\n".utf8)) == ["a", "b"])
    #expect(MetadataListing.entries(in: Array(repeating: 10, count: 1_000_000)).isEmpty)
    #expect(MetadataListing.entries(in: [0xFF, 0xFE, 10, 0]).count == 2)
    #expect(MetadataListing.addresses(in: [0xFF, 10] + Array("1.2.3.4\n1.2.3.4.5\n::1\n".utf8)).count == 2)
    for body in ["", "{", "[", "null", "[[[]]]", #"{"interface":{}}"#, #"{"interface":[{"ipv4":[]}]}"#, "\u{0}"] {
      let bytes = Array(body.utf8)
      #expect(
        (MetadataJSON.googleInterfaces(bytes) ?? []).isEmpty && (MetadataJSON.azureInterfaces(bytes) ?? []).isEmpty)
      #expect((MetadataJSON.azureBalancer(bytes) ?? []).isEmpty)
    }
    #expect(MetadataJSON.googleInterfaces(Array(repeating: UInt8(ascii: "["), count: 100_000)) == nil)
  }
}
