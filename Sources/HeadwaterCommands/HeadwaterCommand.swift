internal import Glibc

public enum HeadwaterCommand {
  public static func run() async { if let status = SelfTestTrafficCommand.run(CommandLine.arguments) { exit(status) } }
}
