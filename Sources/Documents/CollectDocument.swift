/// The answer of `headwater collect`: what was recorded (`headwater.collect/1`).
public struct CollectDocument: Hashable, Sendable, Codable {
  public static let schema = "headwater.collect/1"

  /// One host's part of the bundle.
  public struct Host: Hashable, Sendable, Codable {
    public var name: String
    /// The window in seconds.
    public var seconds: Double
    public var flows: Int
    public var files: Int
    /// How many lines of files and command lines were left out or shortened because they may hold secrets.
    public var leftOut: Int?

    public init(name: String, seconds: Double, flows: Int, files: Int, leftOut: Int? = nil) {
      self.name = name
      self.seconds = seconds
      self.flows = flows
      self.files = files
      self.leftOut = leftOut
    }
  }

  public var schema = Self.schema
  /// The path of the bundle; nil if there was nothing to write.
  public var output: String?
  public var bytes: Int
  public var hosts: [Host]
  /// Hosts that could not be reached, or did not answer.
  public var unreached: [HostSilence]
  /// What is missing in the bundle, and why.
  public var notes: [String]

  public init(output: String?, bytes: Int, hosts: [Host], unreached: [HostSilence] = [], notes: [String] = []) {
    self.output = output
    self.bytes = bytes
    self.hosts = hosts
    self.unreached = unreached
    self.notes = notes
  }
}
