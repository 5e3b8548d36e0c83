// SPDX-License-Identifier: Apache-2.0
// What the page's sample needs of RestSharp 106, which Debian does not have: the same names, and through the same
// HttpWebRequest the same bytes on the wire as version 106.15 on the .NET Framework or mono.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;

namespace RestSharp
{
    public enum Method { GET, POST }

    public enum ParameterType { HttpHeader, RequestBody }

    public class Parameter
    {
        public string Name;
        public object Value;
        public ParameterType Type;
    }

    public class RestRequest
    {
        public readonly Method Method;
        public readonly List<Parameter> Parameters = new List<Parameter>();

        public RestRequest(Method method) { Method = method; }

        public RestRequest AddHeader(string name, string value) => AddParameter(name, value, ParameterType.HttpHeader);

        public RestRequest AddParameter(string name, object value, ParameterType type)
        {
            Parameters.Add(new Parameter { Name = name, Value = value, Type = type });
            return this;
        }
    }

    public interface IRestResponse
    {
        HttpStatusCode StatusCode { get; }              // 0: there was no answer
        string Content { get; }
        IList<Parameter> Headers { get; }
        Exception ErrorException { get; }
    }

    public class RestClient
    {
        const string Version = "106.15.0.0";
        const string Accepted = "application/json, text/json, text/x-json, text/javascript, application/xml, text/xml";

        readonly Uri baseUrl;
        Action<HttpWebRequest> configurator = _ => { };

        public int Timeout { get; set; }                // milliseconds; 0: HttpWebRequest's own, -1: none

        public RestClient(string url) { baseUrl = new Uri(url); }

        public void ConfigureWebRequest(Action<HttpWebRequest> change) { configurator = change; }

        /// <summary>No HTTP status is an exception, nor is a connection that fails: look at ErrorException.</summary>
        public IRestResponse Execute(RestRequest request)
        {
            var web = Configure(request);
            try
            {
                if (request.Method == Method.POST) Write(web, request);
                using (var response = ResponseOf(web)) return new Response(response);
            }
            catch (WebException error)
            {
                return new Response(error);
            }
        }

        HttpWebRequest Configure(RestRequest request)
        {
            var web = (HttpWebRequest)WebRequest.Create(baseUrl);
            web.ServicePoint.Expect100Continue = false;
            foreach (var header in request.Parameters.Where(parameter => parameter.Type == ParameterType.HttpHeader))
            {
                // HttpWebRequest refuses this one among the others.
                if (header.Name == "Content-Type") web.ContentType = (string)header.Value;
                else web.Headers.Add(header.Name, (string)header.Value);
            }
            web.Accept = Accepted;
            web.CookieContainer = new CookieContainer();
            web.Method = request.Method.ToString();
            web.UserAgent = "RestSharp/" + Version;
            web.AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate;
            if (Timeout != 0) web.Timeout = Timeout;
            web.Proxy = null;                           // RestSharp would take one from the environment
            configurator(web);
            return web;
        }

        static void Write(HttpWebRequest web, RestRequest request)
        {
            var body = request.Parameters.Single(parameter => parameter.Type == ParameterType.RequestBody);
            var bytes = Encoding.UTF8.GetBytes((string)body.Value);
            if (string.IsNullOrEmpty(web.ContentType)) web.ContentType = body.Name;
            web.ContentLength = bytes.Length;
            using (var stream = web.GetRequestStream()) stream.Write(bytes, 0, bytes.Length);
        }

        static HttpWebResponse ResponseOf(HttpWebRequest web)
        {
            try
            {
                return (HttpWebResponse)web.GetResponse();
            }
            catch (WebException error) when (error.Response != null)
            {
                return (HttpWebResponse)error.Response; // 400 and above
            }
        }

        class Response : IRestResponse
        {
            public HttpStatusCode StatusCode { get; }
            public string Content { get; } = "";
            public IList<Parameter> Headers { get; } = new List<Parameter>();
            public Exception ErrorException { get; }

            public Response(HttpWebResponse response)
            {
                StatusCode = response.StatusCode;
                foreach (var name in response.Headers.AllKeys)
                    Headers.Add(new Parameter { Name = name, Value = response.Headers[name] });
                using (var reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
                    Content = reader.ReadToEnd();
            }

            public Response(WebException error) { ErrorException = error; }
        }
    }
}
