/// All outputs and files that are recognised.
///
/// The order decides between several possible kinds for a line.
public enum PastedOutputs {
  static let all: [any PastedOutput] = [
    OpenVPNStatusOutput(), HAProxyShortSessionsOutput(), HAProxySessionsOutput(), ConntrackOutput(),
    ConntrackXMLOutput(), OpenVPNLogOutput(), FirewallLogOutput(), TcpdumpOutput(), TsharkOutput(),
    ConversationsOutput(), PacketFilterOutput(), ProcNetOutput(), IfconfigOutput(),
    RouteTableOutput(), WireGuardShowOutput(), IftopOutput(), LsofOutput(), BSDNetstatOutput(), WindowsNetstatOutput(),
    PowerShellOutput(), TasklistOutput(), SockstatOutput(), NATRulesOutput(), SSOutput(), NetstatOutput(),
    InterfacesOutput(), NethogsOutput(),
    WireGuardDumpOutput(), NeighboursOutput(), RoutesOutput(), DockerNetworksOutput(),
    DockerContainersOutput(), DockerListOutput(), DockerGrepOutput(), DockerFormatOutput(), PodsOutput(),
    TailscaleStatusOutput(), InterfacesJSONOutput(), RoutesJSONOutput(),
    WireGuardConfigurationOutput(), HAProxyConfigurationOutput(), NginxConfigurationOutput(),
    OpenVPNConfigurationOutput(), OpenVPNPoolOutput(), CaptureOutput(), AbuseMailOutput(), AccessLogOutput(),
  ]

  /// The outputs' names for people.
  public static var names: [String] { all.map(\.name) }

  /// How many findings the output `name` has in `content`, for fuzzing.
  public static func count(of name: String, in content: [UInt8]) -> Int {
    func count<Output: PastedOutput>(_ output: Output) -> Int {
      var notes: [String] = []
      return PastedText(content).parts.reduce(0) {
        $0 + output.read(PastedSample(part: $1, file: "fuzz", name: "fuzz"), notes: &notes).count
      }
    }
    return all.first { $0.name == name }.map { count($0) } ?? 0
  }

  /// The name of the output that `lines` are recognised as; nil if they are none.
  public static func name(of lines: [PastedText.Line], in file: String = "") -> String? {
    PastedText.recognise(lines, named: file)?.output.name
  }
}

/// What a text was recognised as, and why.
struct PastedRecognition: Sendable {
  var output: any PastedOutput
  /// The number of the line that shows it; 0 if only the file's name does.
  var line: Int
  /// The reason: `two tuples with src= and dst=`.
  var evidence: String
}

extension PastedText {
  /// How many lines are examined.
  private static let looked = 400

  /// The output that `lines` are, by their content or else by the name of their file; nil if neither shows it.
  static func recognise(
    _ lines: [Line], named name: String = "", among outputs: [any PastedOutput] = PastedOutputs.all
  ) -> PastedRecognition? {
    let looked = lines.prefix(looked).filter { $0.text.utf8.count < 65536 }
    // A member of a JSON document looks like a line that grep selected.
    let isDocument = PastedSign.beginsJSON(Array(looked))
    for strength in (isDocument ? [PastedSign.Strength.key] : []) + PastedSign.Strength.allCases {
      for output in outputs {
        for sign in output.signs where sign.strength == strength {
          if let line = sign.line(in: looked, of: lines, named: name) {
            return PastedRecognition(output: output, line: line, evidence: sign.evidence)
          }
        }
      }
    }
    return nil
  }
}
