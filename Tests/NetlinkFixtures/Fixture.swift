/// Messages of the kernel, written as annotated hex: the tests read them, the fuzzer starts from them.
package enum Fixture {
  /// Every message.
  package static let all = [
    vethLink, tapLink, done, addressV4, addressPeer, addressV6, neighbour, route, refusal, socketV4, socketMapped,
    connection, wireGuardFamily, wireGuardDevice, wireGuardRest,
  ]

  /// The bytes of `text`: two hex digits each, comments from `//` to the end of the line.
  package static func message(_ text: String) -> [UInt8] {
    text.split(separator: "\n").flatMap { line in
      line.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)[0]
        .split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }
  }
}
