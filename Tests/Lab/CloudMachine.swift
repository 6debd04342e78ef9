/// Makes a test host pass for a machine of a cloud: its firmware says so, and a stand-in for the cloud's metadata service
/// answers on it. Real ones answer only on their own machines, so nothing better can be had in a test.
public final class CloudMachine: Sendable {
  /// Where clouds' services answer.
  public static let address = "169.254.169.254"
  private let service: BackgroundProcess

  /// - Parameters:
  ///   - outer: the public address that the cloud gives the host.
  ///   - own: the host's own address that it stands for.
  public init(_ host: TestHost, outer: String, own: String) throws {
    // Files of sysfs can't be written, and many machines have none for the firmware: one more layer on top.
    try host.write("/run/firmware/dmi/id/sys_vendor", "Amazon EC2\n")
    try host.output(of: ["mount", "-t", "overlay", "overlay", "-o", "lowerdir=/run/firmware:/sys/class", "/sys/class"])
    try host.output(of: ["ip", "address", "add", "\(Self.address)/32", "dev", "lo"])
    service = try host.start(["python3", "-u", "/run/lab/metadata.py", Self.address, outer, own])
    try service.waitFor("\"ready\"")
  }

  /// Each request's method, path and status, in order.
  public var requests: [String] {
    service.output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("{") }
  }
}
